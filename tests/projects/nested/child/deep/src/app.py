def handler(event, context):
    return "child/deep/src"
