from hello_world.app import lambda_handler


def test_lambda_handler():
    assert lambda_handler({}, None)["statusCode"] == 200
