import { DiagnosticSeverityEnum } from '../enums.ts';
import { DiagnosticRef } from '../refs.ts';

DiagnosticRef.implement({
  description: 'One finding about a definition or an input.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, `IA_<AREA>_<WHAT>`.' }),
    severity: t.expose('severity', {
      description: 'Whether it keeps the definition from being saved.',
      type: DiagnosticSeverityEnum,
    }),
    path: t.exposeString('path', { description: 'Where, as a JSON path like `$.steps[0].uses`.' }),
    line: t.exposeInt('line', { description: 'From 1; null when the source was no text.', nullable: true }),
    column: t.exposeInt('column', { description: 'From 1; null when the source was no text.', nullable: true }),
    message: t.exposeString('message', { description: 'What it is, for people.' }),
    hint: t.exposeString('hint', { description: 'What to do next.', nullable: true }),
  }),
});
