import { EXAMPLE_CATEGORY } from '#src/kernel/examples.js';
import { createdAt, pageOf, updatedAt } from '#src/platform/http/routes/schemas.js';
import { object, string, uuid, type ValueOf } from '#src/platform/schema/schema.js';
import type { Category } from '../../domain/category.js';

export const categoryBody = object(
  'Category',
  {
    id: uuid().description('Id of the category').example(EXAMPLE_CATEGORY.id),
    name: string().description('Unique in the shop').example(EXAMPLE_CATEGORY.name),
    description: string({ blank: true })
      .description('Text for customers; may be empty')
      .example('Beans and ground coffee.'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  { description: 'A category of products' },
);

export const categoryPage = pageOf('CategoryPage', categoryBody);

export const viewCategory = ({
  id,
  name,
  description,
  createdAt: created,
  updatedAt: updated,
}: Category): ValueOf<typeof categoryBody> => ({
  id,
  name,
  description,
  createdAt: created.toISOString(),
  updatedAt: updated.toISOString(),
});
