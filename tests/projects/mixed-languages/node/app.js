exports.handler = async () => "Hello";
