"""Work across services that ends either done or undone."""
