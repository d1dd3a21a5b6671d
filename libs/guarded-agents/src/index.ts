export { createGuardedAgents } from './guarded-agents.ts';
