"""Ways by which people are told something: e-mail by SMTP, push messages and SMS by a gateway of somebody else's (row M3)."""
