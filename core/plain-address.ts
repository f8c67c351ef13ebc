// Mail addresses and domains that any header and any server can take: plain ASCII, without quotes or comments.

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const domain = `${label}(?:\\.${label})*`;

/** At most 254 characters; some readers would decode one with `=?`, and see another address. */
export const plainAddressPattern = new RegExp(`^(?=.{3,254}$)(?!.*=\\?)${atom}(?:\\.${atom})*@${domain}$`);

export const plainDomainPattern = new RegExp(`^${domain}$`);
