from common import NAME


def handler(event, context):
    return NAME
