exports.handler = async () => "locked-a";
