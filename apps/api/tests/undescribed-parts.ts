import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';

type Part = { readonly name: string; readonly description?: string | null | undefined };

const isBare = ({ description }: Part): boolean => (description ?? '').trim() === '';

const partsOf = (type: GraphQLNamedType): Part[] => {
  if (isEnumType(type)) return type.getValues().map((value) => ({ ...value, name: `${type.name}.${value.name}` }));
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) => ({ ...field, name: `${type.name}.${field.name}` }));
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field): Part[] => {
    const name = `${type.name}.${field.name}`;
    const argument = (arg: GraphQLArgument) => ({ name: `${name}(${arg.name})`, description: arg.description });
    return [{ name, description: field.description }, ...field.args.map(argument)];
  });
};

/** The types, fields, arguments, input fields and enum values that nothing is said about, as `Type.field(argument)`. */
export const undescribedParts = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type): Part[] => [{ name: type.name, description: type.description }, ...partsOf(type)])
    .filter(isBare)
    .map(({ name }) => name)
    .toSorted();
