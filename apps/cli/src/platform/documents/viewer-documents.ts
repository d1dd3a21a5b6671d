import { z } from 'zod';

const viewerSchema = z.object({
  user: z.object({ email: z.string(), name: z.string() }).nullable(),
  apiToken: z.object({ name: z.string(), prefix: z.string() }).nullable(),
  tenants: z.array(z.object({ role: z.string(), tenant: z.object({ slug: z.string(), name: z.string() }) })),
});
export type Viewer = z.infer<typeof viewerSchema>;

export const whoIsAsking = {
  document: `query WhoIsAsking {
  viewer {
    user { email name }
    apiToken { name prefix }
    tenants { role tenant { slug name } }
  }
}`,
  shape: z.object({ viewer: viewerSchema.nullable() }),
};
