"""What Auto Scaling decides: how many instances, which, and when. It knows values only, no emulator and no process."""
