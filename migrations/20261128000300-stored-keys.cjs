'use strict';

const setting = (queryInterface) =>
  queryInterface.select(null, 'shop_settings', { where: { name: 'stored_keys' } });

module.exports = {
  /**
   * Has the next start compute the keys anew by which texts are found, sorted and told apart: see
   * `src/platform/database/rebuild-keys.ts`. Here it would have to know how, and stay as it was when that changes.
   */
  async up(queryInterface) {
    if ((await setting(queryInterface)).length === 0)
      await queryInterface.bulkInsert('shop_settings', [{ name: 'stored_keys', value: '0' }]);
  },

  async down(queryInterface) {
    await queryInterface.bulkDelete('shop_settings', { name: 'stored_keys' });
  },
};
