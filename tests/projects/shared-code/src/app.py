import six


def first(event, context):
    return six.__version__


def second(event, context):
    return 2
