'use client';

import { Field, type FieldIds, INPUT_CLASSES } from '#src/ui/field.tsx';
import type { ParameterField } from './parameter-fields.ts';

type ParameterInputProps = Readonly<{
  field: ParameterField;
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}>;

/** The control for one parameter. */
export function ParameterInput({ field, text, error, onChange }: ParameterInputProps) {
  return (
    <Field label={field.label} hint={field.hint ?? undefined} error={error} isRequired={field.isRequired}>
      {(ids) => <Control ids={ids} field={field} text={text} onChange={onChange} />}
    </Field>
  );
}

type ControlProps = Readonly<{ ids: FieldIds; field: ParameterField; text: string; onChange: (text: string) => void }>;

function Control({ ids, field, text, onChange }: ControlProps) {
  const shared = {
    ...ids,
    value: text,
    required: field.isRequired,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  switch (field.kind) {
    case 'choice':
    case 'boolean':
      return (
        <select {...shared} className={INPUT_CLASSES}>
          <option value="">Not set</option>
          {choicesOf(field).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      );
    case 'json':
      return <textarea {...shared} rows={4} spellCheck={false} className={`${INPUT_CLASSES} font-mono`} />;
    case 'number':
    case 'integer':
      return <input {...shared} inputMode="decimal" className={`${INPUT_CLASSES} tabular-nums`} />;
    default:
      return <input {...shared} className={INPUT_CLASSES} />;
  }
}

function choicesOf({ kind, choices }: ParameterField): readonly (readonly [value: string, label: string])[] {
  if (kind === 'boolean') {
    return [
      ['true', 'Yes'],
      ['false', 'No'],
    ];
  }
  return choices.map((choice) => [choice, choice.replace(/^"(.*)"$/, '$1')]);
}
