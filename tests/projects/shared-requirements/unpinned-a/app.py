import inflection


def handler(event, context):
    return "unpinned-a"
