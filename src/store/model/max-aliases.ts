/** The most IDs of an action besides its own. Anybody can make the second one, and the issuer any number. */
export const MAX_ALIASES = 8;
