/** The time of day, as a port: the domain and the use cases never ask the machine. */
export type Now = () => Date;
