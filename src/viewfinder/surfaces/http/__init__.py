"""What every route stands on: who may come in, and how it is told what goes wrong.

Nothing here decides, ranks or filters: every route asks ``Library``, as the command line does.
"""
