'use client';

import { Braces, ListChecks } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { type MutationFailure, MutationFailureNotice } from '#src/api/mutation-failure.tsx';
import { isRecord, type JsonRecord, parseJson } from '#src/definition/json-record.ts';
import { ParameterInput } from '#src/parameters/parameter-input.tsx';
import { type ParameterField, parameterFields, readParameters } from '#src/parameters/parameter-fields.ts';
import { Button } from '#src/ui/button.tsx';
import { DialogBody, DialogFooter } from '#src/ui/dialog.tsx';
import { Field, INPUT_CLASSES } from '#src/ui/field.tsx';

type StartRunFormProps = Readonly<{
  schema: unknown;
  isBusy: boolean;
  failure: MutationFailure | null;
  onStart: (parameters: JsonRecord) => void;
}>;

const JSON_ERROR = 'Enter a JSON object, such as {"city": "Oslo"}.';

/** A form made from the parameters' schema; the same parameters can be written as JSON. */
export function StartRunForm({ schema, isBusy, failure, onStart }: StartRunFormProps) {
  const fields = useMemo(() => parameterFields(schema), [schema]);
  const [inputs, setInputs] = useState(() => new Map(fields.map(({ name, initial }) => [name, initial])));
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [source, setSource] = useState<string | null>(null);
  const [sourceError, setSourceError] = useState<string>();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (source !== null) {
      const parameters = parseJson(source);
      setSourceError(isRecord(parameters) ? undefined : JSON_ERROR);
      if (isRecord(parameters)) onStart(parameters);
      return;
    }
    const reading = readParameters(fields, inputs);
    setErrors(reading.isValid ? new Map() : reading.errors);
    if (reading.isValid) onStart(reading.parameters);
  };
  const writeAsJson = () => {
    const reading = readParameters(fields, inputs);
    setSource(JSON.stringify(reading.isValid ? reading.parameters : {}, null, 2));
  };
  return (
    <form onSubmit={submit} noValidate className="flex min-h-0 flex-col">
      <DialogBody>
        {failure !== null && <MutationFailureNotice title="The run was not started" failure={failure} />}
        {source === null ? (
          <FieldInputs
            fields={fields}
            inputs={inputs}
            errors={errors}
            onChange={(name, text) => setInputs(new Map(inputs).set(name, text))}
          />
        ) : (
          <Field label="Parameters" error={sourceError}>
            {(ids) => (
              <textarea
                {...ids}
                rows={10}
                spellCheck={false}
                value={source}
                onChange={(event) => setSource(event.target.value)}
                className={`${INPUT_CLASSES} font-mono`}
              />
            )}
          </Field>
        )}
      </DialogBody>
      <DialogFooter>
        <Button look="ghost" className="mr-auto -ml-2" onClick={source === null ? writeAsJson : () => setSource(null)}>
          {source === null ? <Braces className="size-4" aria-hidden /> : <ListChecks className="size-4" aria-hidden />}
          {source === null ? 'Edit as JSON' : 'Back to the form'}
        </Button>
        <Button type="submit" look="primary" isBusy={isBusy}>
          Start
        </Button>
      </DialogFooter>
    </form>
  );
}

type FieldInputsProps = Readonly<{
  fields: readonly ParameterField[];
  inputs: ReadonlyMap<string, string>;
  errors: ReadonlyMap<string, string>;
  onChange: (name: string, text: string) => void;
}>;

function FieldInputs({ fields, inputs, errors, onChange }: FieldInputsProps) {
  if (fields.length === 0) return <p className="text-muted">This pipeline takes no parameters.</p>;
  return fields.map((field) => (
    <ParameterInput
      key={field.name}
      field={field}
      text={inputs.get(field.name) ?? ''}
      error={errors.get(field.name)}
      onChange={(text) => onChange(field.name, text)}
    />
  ));
}
