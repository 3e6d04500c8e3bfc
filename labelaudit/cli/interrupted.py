"""What is said, and with which code it ends, when a command is interrupted; imports nothing."""

CODE = 130
MESSAGE = "interrupted: nothing was left half-written"
