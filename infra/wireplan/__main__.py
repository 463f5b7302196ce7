"""`python -m wireplan` is the wireplan command."""

from wireplan.commands import main

if __name__ == "__main__":
    main()
