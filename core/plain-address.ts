// Mail addresses and domains that any header and any server can take: plain ASCII, without quotes or comments. And addresses
// that some server may take.

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const domain = `${label}(?:\\.${label})*`;

/** At most 254 characters; some readers would decode one with `=?`, and see another address. */
export const plainAddressPattern = new RegExp(`^(?=.{3,254}$)(?!.*=\\?)${atom}(?:\\.${atom})*@${domain}$`);

/** With letters beyond ASCII, too, which servers with SMTPUTF8 (RFC 6531) take. */
// A bare `[` within a class begins another one in Java, by whose patterns the platform checks what the form saves.
export const mailAddressPattern = /^[^\s@<>"(),:;\\\x5b\x5d]+@[A-Za-z0-9.-]+$/;

export const plainDomainPattern = new RegExp(`^${domain}$`);
