/** The time of day, as a port: the domain and the use cases never read the machine's clock. */
export type Now = () => Date;
