/** An action has at most so many IDs besides its own: anybody can make the second one, and the issuer any number. */
export const MAX_ALIASES = 8;
