'use strict';

/**
 * The types of columns, the same words as in `src/platform/database/columns.ts`, which reads them.
 *
 * @param {typeof import('sequelize').DataTypes} DataTypes
 */
module.exports = (DataTypes) => ({
  uuid: { type: DataTypes.CHAR(36) },
  code: (length) => ({ type: DataTypes.CHAR(length) }),
  text: (length) => ({ type: DataTypes.STRING(length) }),
  sortKey: { type: DataTypes.STRING(200) },
  longText: { type: DataTypes.TEXT },
  instant: { type: DataTypes.DATE(3) },
  minorUnits: { type: DataTypes.BIGINT },
  milliseconds: { type: DataTypes.BIGINT },
  byteCount: { type: DataTypes.BIGINT },
  integer: { type: DataTypes.INTEGER },
  flag: { type: DataTypes.BOOLEAN },
  nullable: (column) => ({ ...column, null: true }),
});
