import six


def handler(event, context):
    return "child/inner"
