import Joi from 'joi';
import { answer, pageOf, timestamp, uuid } from '#src/platform/http/routes/schemas.js';
import type { Category } from '../../domain/category.js';

export const categoryBody = answer('Category', {
  id: uuid(),
  name: Joi.string(),
  description: Joi.string().allow(''),
  createdAt: timestamp(),
  updatedAt: timestamp(),
});

export const categoryPage = pageOf('CategoryPage', categoryBody);

export const viewCategory = ({ id, name, description, createdAt, updatedAt }: Category) => ({
  id,
  name,
  description,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
});
