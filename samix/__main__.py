"""Run samix as a module: `python -m samix`."""

from samix.cli.main import main

if __name__ == "__main__":
    main()
