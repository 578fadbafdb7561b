"""Which rights a call needs: of the caller of an API that hands on a role, and of whoever CloudFormation acts for.

Tables and plain functions; who has which rights is decided by the emulator's own evaluation of policies.
"""
