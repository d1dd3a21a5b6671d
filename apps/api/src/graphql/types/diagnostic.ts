import { DiagnosticSeverityEnum } from '../enums.ts';
import { DiagnosticRef } from '../refs.ts';

DiagnosticRef.implement({
  description: 'One finding about a definition or an input.',
  fields: (t) => ({
    code: t.exposeString('code'),
    severity: t.expose('severity', { type: DiagnosticSeverityEnum }),
    path: t.exposeString('path', { description: 'Where, as a JSON path like `$.steps[0].uses`.' }),
    line: t.exposeInt('line', { nullable: true }),
    column: t.exposeInt('column', { nullable: true }),
    message: t.exposeString('message'),
    hint: t.exposeString('hint', { nullable: true }),
  }),
});
