/**
 * Returns a password in the form in which passwords are compared (OpaqueString, RFC 8265 §4.2.2): each space of Unicode is the
 * ASCII one and letters are in NFC, since neither is the choice of who types.
 */
export const opaqueString = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
