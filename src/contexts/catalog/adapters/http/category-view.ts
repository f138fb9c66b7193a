import { pageOf } from '#src/platform/http/routes/schemas.js';
import { object, string, timestamp, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { Category } from '../../domain/category.js';

export const categoryBody = object('Category', {
  id: uuid(),
  name: string(),
  description: string({ blank: true }),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const categoryPage = pageOf('CategoryPage', categoryBody);

export const viewCategory = ({
  id,
  name,
  description,
  createdAt,
  updatedAt,
}: Category): ValueOf<typeof categoryBody> => ({
  id,
  name,
  description,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
