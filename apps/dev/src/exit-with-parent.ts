// Loaded before a program that is not ours (`node --import`): ends it when its supervisor is gone.
process.on('disconnect', () => process.exit(0));
