exports.handler = async () => "locked-b";
