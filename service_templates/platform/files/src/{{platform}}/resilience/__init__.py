"""What a service does when what it needs does not answer: breakers, answers of another time, features that are given up."""
