import words


def handler(event, context):
    return words.GREETING


def other(event, context):
    return words.GREETING.lower()
