def handler(event, context):
    return "middle/deep/src"
