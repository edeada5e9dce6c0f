exports.handler = async () => "second";
