"""``python -m cfgcore.cli``."""

from cfgcore.cli.command import main

if __name__ == "__main__":
    main(prog_name="cfgcore")
