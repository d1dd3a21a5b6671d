const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What plugins are about. */
export const TOPICS = words(`
  weather forecast invoice invoices csv spreadsheet excel pdf image photo video audio speech translation language grammar
  sentiment keyword summary document contract signature calendar meeting email newsletter message chat slack telegram discord
  ticket issue incident alert monitor metric dashboard report chart graph network packet firewall certificate password token
  secret vault identity login directory payment billing subscription refund tax currency exchange stock portfolio ledger account
  budget expense payroll employee candidate resume customer lead contact campaign advertisement survey feedback review rating
  product inventory warehouse order shipment parcel delivery route map geocode address location satellite traffic flight hotel
  booking restaurant recipe nutrition health patient prescription laboratory genome protein molecule sensor device thermostat
  battery energy electricity solar water pollution climate forest agriculture crop soil animal vehicle maintenance repair
  factory machine robot drone camera face fingerprint barcode label printer scanner archive backup storage bucket file folder
  database postgres mysql mongodb redis elasticsearch vector embedding model prompt agent crawler sitemap feed rss podcast
  music playlist lyrics book library citation paper journal patent law court license policy compliance audit log trace queue
  stream webhook schedule timezone holiday vote poll quiz exam course student teacher school game score tournament team player
`);

/** What plugins do with it. */
export const VERBS = words(`
  read write parse validate convert extract summarize translate classify detect search find filter sort merge split join group
  count compare rank score predict estimate generate render draw resize compress encrypt decrypt sign verify hash upload
  download fetch send receive publish subscribe schedule retry archive restore import export sync clean normalize anonymize
  enrich match deduplicate tag route approve notify monitor measure track index query aggregate transform sample
`);

/** What their names end in. */
export const NOUNS = words(`
  reader writer parser client connector bridge kit tools helper checker finder builder maker engine service gateway proxy
  watcher tracker counter sorter filter converter extractor loader exporter importer scanner analyzer studio lite plus pro
`);

/** What stands between the words that matter. */
export const FILLERS = words(`
  the a of and with for from into every each that which when while without before after about over under between reliable fast
  simple small large daily weekly many several new old common local remote public private standard custom typed safe robust
  automatic manual configurable optional required default step pipeline result output input value error list table field row
  column key name text number date time format schema version
`);

export const SCOPES = words(`
  community acme northwind globex initech umbrella hooli vandelay stark wayne tyrell cyberdyne wonka oscorp aperture soylent
`);
