"""``python -m isacplan`` is the command line."""

from isacplan.cli import main

if __name__ == "__main__":
    main()
