"""`python -m monazite`: the command line, where the command `monazite` is not on the path."""

from monazite.cli.main import main

if __name__ == "__main__":
    main()
