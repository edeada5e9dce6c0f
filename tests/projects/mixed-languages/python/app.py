import words


def handler(event, context):
    return words.GREETING
