import greeting


def handler(event, context):
    return greeting.TEXT
