export {
  type AdmissionQuery,
  createPluginAdmission,
  type PluginAdmission,
  type PluginAdmissionOptions,
  type PluginIdentity,
  type StandingQuery,
} from './plugin-admission.ts';
export { type PluginRefusal, refusalError, startRefusalOf } from './plugin-refusal.ts';
