from shared import value


def handler(event, context):
    return value.VALUE
