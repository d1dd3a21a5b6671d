-- Finding plugins: what each can be found by, how matches are ranked, and the orders that a list of plugins can be read in.

ALTER TABLE "plugins"
  -- Of the latest version; kept by triggers, as all of these.
  ADD COLUMN "contribution_kinds" TEXT[] NOT NULL DEFAULT '{}',
  -- The versions of the platform that it works with. Null: any.
  ADD COLUMN "platform_range" TEXT,
  -- Not while it is taken down: then its owner alone finds it.
  ADD COLUMN "is_listed" BOOLEAN NOT NULL DEFAULT true,
  -- The latest version is deprecated, taken down, or has an advisory.
  ADD COLUMN "is_discouraged" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "is_publisher_verified" BOOLEAN NOT NULL DEFAULT false;

-- The average of its ratings in thousandths, with a few ratings in the middle added: one vote does not make a favourite.
CREATE FUNCTION public.plugin_rating(p_sum integer, p_count integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round((p_sum + 17.5::double precision) * 1000 / (p_count + 5))::integer;

CREATE INDEX "plugins_created_at_name_idx" ON "plugins" ("created_at", "name");
CREATE INDEX "plugins_install_count_name_idx" ON "plugins" ("install_count", "name");
CREATE INDEX "plugins_download_count_name_idx" ON "plugins" ("download_count", "name");
CREATE INDEX "plugins_rating_name_idx" ON "plugins" (public.plugin_rating("rating_sum", "rating_count"), "name");

-- What plugins are found by. Only search_plugins reads it, which shows everybody their own.
CREATE TABLE internal.plugin_texts (
  "name" TEXT NOT NULL,
  -- Short, for similar words.
  "label" TEXT NOT NULL,
  -- All but the readme: small enough that ranking many does not fetch it from elsewhere.
  "head" TSVECTOR NOT NULL,
  "document" TSVECTOR NOT NULL,
  CONSTRAINT "plugin_texts_pkey" PRIMARY KEY ("name"),
  CONSTRAINT "plugin_texts_name_fkey" FOREIGN KEY ("name") REFERENCES public.plugins ("name") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "plugin_texts_label_idx" ON internal.plugin_texts USING gin ("label" public.gin_trgm_ops);
CREATE INDEX "plugin_texts_head_idx" ON internal.plugin_texts USING gin ("head");
CREATE INDEX "plugin_texts_document_idx" ON internal.plugin_texts USING gin ("document");

-- Every word of a label, once: what is misspelt is looked up here, and then what has the word. One that nothing has any more
-- finds nothing.
CREATE TABLE internal.plugin_words (
  "word" TEXT NOT NULL,
  CONSTRAINT "plugin_words_pkey" PRIMARY KEY ("word")
);
CREATE INDEX "plugin_words_word_idx" ON internal.plugin_words USING gin ("word" public.gin_trgm_ops);
GRANT SELECT, INSERT, UPDATE, DELETE ON internal.plugin_texts TO ia_system;
GRANT SELECT, INSERT ON internal.plugin_words TO ia_system;
GRANT UPDATE ("contribution_kinds", "platform_range", "is_listed", "is_discouraged", "is_publisher_verified")
  ON public.plugins TO ia_system;

-- A text without what stands between words, so that `csv.read` is two words wherever it is written.
CREATE FUNCTION internal.plain_words(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(lower(p_text), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a0]+', ' ', 'g');

-- Whether the operator of the platform has verified who publishes.
CREATE FUNCTION internal.is_publisher_verified(p_tenant_id uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT FROM public.publishers b WHERE b.tenant_id = p_tenant_id AND b.verified_at IS NOT NULL)
$$;

CREATE FUNCTION internal.refresh_plugin_text(p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  c_readme_chars constant integer := 10000;
  c_label_chars constant integer := 2000;
  c_word_chars constant integer := 40;
  plugin record;
  names text;
  scope text := internal.plain_words(split_part(p_name, '/', 1));
  tags text;
  label text;
  about text;
BEGIN
  SELECT p.title, p.description, p.keywords, coalesce(v.readme, '') AS readme, coalesce(v.manifest, '{}') AS manifest INTO plugin
  FROM public.plugins p LEFT JOIN public.plugin_versions v ON v.plugin_name = p.name AND v.version = p.latest_version
  WHERE p.name = p_name;
  IF NOT FOUND THEN RETURN; END IF;
  names := internal.plain_words(split_part(p_name, '/', 2) || ' ' || plugin.title);
  SELECT internal.plain_words(concat_ws(' ', array_to_string(plugin.keywords, ' '), string_agg(
      concat_ws(' ', c.item ->> 'name', c.item ->> 'title'), ' '))) INTO tags
  FROM jsonb_path_query(plugin.manifest, 'lax $.contributions.*[*]') AS c (item);
  about := internal.plain_words(plugin.description);
  label := left(concat_ws(' ', scope, names, tags), c_label_chars);
  -- In one order everywhere: who publishes at the same time waits, and never for each other.
  INSERT INTO internal.plugin_words (word)
  SELECT DISTINCT w.word FROM unnest(string_to_array(label, ' ')) AS w (word)
  WHERE length(w.word) BETWEEN 3 AND c_word_chars ORDER BY w.word
  ON CONFLICT DO NOTHING;
  INSERT INTO internal.plugin_texts AS t (name, label, head, document)
  SELECT p_name, label, h.head,
    h.head || setweight(to_tsvector('english', internal.plain_words(left(plugin.readme, c_readme_chars))), 'D')
  FROM (SELECT setweight(to_tsvector('simple', names) || to_tsvector('english', names), 'A')
    || setweight(to_tsvector('simple', tags) || to_tsvector('english', tags), 'B')
    || setweight(to_tsvector('simple', scope) || to_tsvector('english', about), 'C') AS head) h
  ON CONFLICT (name) DO UPDATE SET label = excluded.label, head = excluded.head, document = excluded.document;
  UPDATE public.plugins p SET
    category = coalesce(plugin.manifest ->> 'category', 'other'),
    platform_range = plugin.manifest #>> '{engines,platform}',
    contribution_kinds = ARRAY(SELECT rtrim(l.key, 's') FROM jsonb_each(coalesce(plugin.manifest -> 'contributions', '{}')) l
      WHERE l.value <> '[]' ORDER BY 1)
  WHERE p.name = p_name;
END
$$;

CREATE FUNCTION internal.refresh_plugin_standing(p_name text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
  UPDATE public.plugins p SET
    is_listed = NOT EXISTS (SELECT FROM public.takedowns t
      WHERE t.plugin_name = p.name AND t.version IS NULL AND t.lifted_at IS NULL),
    is_discouraged = EXISTS (SELECT FROM public.plugin_blocks_of(p.name, p.latest_version))
      OR EXISTS (SELECT FROM public.plugin_versions v
        WHERE v.plugin_name = p.name AND v.version = p.latest_version AND v.deprecated IS NOT NULL),
    is_publisher_verified = internal.is_publisher_verified(p.tenant_id)
  WHERE p.name = p_name
$$;

CREATE FUNCTION internal.refresh_changed_plugin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.refresh_plugin_text(NEW.name), internal.refresh_plugin_standing(NEW.name);
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.refresh_plugin_of_version() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM public.plugins p WHERE p.name = NEW.plugin_name AND p.latest_version = NEW.version) THEN
    IF TG_OP = 'INSERT' THEN PERFORM internal.refresh_plugin_text(NEW.plugin_name); END IF;
    PERFORM internal.refresh_plugin_standing(NEW.plugin_name);
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION internal.refresh_blocked_plugin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM internal.refresh_plugin_standing(coalesce(NEW.plugin_name, OLD.plugin_name));
  RETURN NULL;
END
$$;

-- How far up a match stands. Whoever turns pages keeps the moment at which they began, so that scores stay as they were.
CREATE FUNCTION internal.plugin_score(p_relevance double precision, p public.plugins, p_now timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN round(1000000 * p_relevance
  -- Use: an installation counts as ten downloads.
  * (1 + 0.15 * ln(1 + 10 * p.install_count::double precision + p.download_count))
  -- Rating, beside one in the middle.
  * (public.plugin_rating(p.rating_sum, p.rating_count) / 3500.0::double precision)
  -- Freshness: half of what is above the half is gone after a year.
  * (0.5 + 0.5 * power(0.5::double precision,
      greatest(date_part('epoch', p_now - p.updated_at), 0) / (365 * 86400)))
  * CASE WHEN p.is_discouraged THEN 0.005::double precision ELSE 1 END)::bigint;

-- Whether somebody may find a plugin, and asks for such.
CREATE FUNCTION internal.is_plugin_wanted(p public.plugins, p_tenant_id uuid, p_filter jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
RETURN (p.visibility = 'public' AND p.is_listed OR p.tenant_id = p_tenant_id)
  AND (p_filter ->> 'category' IS NULL OR p.category = p_filter ->> 'category')
  AND (p_filter ->> 'kind' IS NULL OR p_filter ->> 'kind' = ANY (p.contribution_kinds))
  AND (p_filter ->> 'scope' IS NULL OR split_part(p.name, '/', 1) = '@' || (p_filter ->> 'scope'))
  AND (p_filter ->> 'minRating' IS NULL OR p.rating_count > 0
    AND public.plugin_rating(p.rating_sum, p.rating_count) >= (p_filter ->> 'minRating')::integer)
  AND (NOT coalesce((p_filter ->> 'verifiedOnly')::boolean, false) OR p.is_publisher_verified)
  AND (NOT p_filter ? 'names' OR p_filter -> 'names' ? p.name)
  AND (NOT p_filter ? 'notNames' OR NOT p_filter -> 'notNames' ? p.name)
  AND (NOT p_filter ? 'refusedRanges' OR p.platform_range IS NULL OR NOT p_filter -> 'refusedRanges' ? p.platform_range);

-- The words that somebody looks for, and what has to be there: the long ones anywhere, the short ones outside of the readme.
CREATE FUNCTION internal.plugin_query(p_text text, OUT words text[], OUT long tsquery, OUT short tsquery, OUT counted tsquery)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
DECLARE
  c_text_chars constant integer := 200;
  c_word_chars constant integer := 40;
  c_words constant integer := 8;
  -- So few letters begin too many words: they are the beginning of a name, or a whole word.
  c_short_chars constant integer := 2;
  word text;
  stem text;
  part tsquery;
BEGIN
  words := ARRAY(SELECT left(x.word, c_word_chars)
    FROM unnest(string_to_array(trim(internal.plain_words(left(p_text, c_text_chars))), ' ')) WITH ORDINALITY AS x (word, place)
    WHERE x.word <> '' ORDER BY x.place LIMIT c_words);
  -- Words that say nothing (`the`, `and`) count where nothing else is asked for.
  IF EXISTS (SELECT FROM unnest(words) w WHERE ts_lexize('english_stem', w) <> '{}') THEN
    words := ARRAY(SELECT w FROM unnest(words) w WHERE ts_lexize('english_stem', w) <> '{}');
  END IF;
  FOREACH word IN ARRAY words LOOP
    stem := coalesce((ts_lexize('english_stem', word))[1], word);
    -- A word may stand in what is ranked by once: of two alike, one with and one without an end, either would count.
    part := format(CASE WHEN stem = word THEN '''%s'':*' ELSE '''%s'':* | ''%s''' END, word, stem)::tsquery;
    counted := CASE WHEN counted IS NULL THEN part ELSE counted || part END;
    IF length(word) <= c_short_chars THEN
      part := format('''%1$s'':*A | ''%1$s''', word)::tsquery;
      short := CASE WHEN short IS NULL THEN part ELSE short && part END;
    ELSE
      long := CASE WHEN long IS NULL THEN part ELSE long && part END;
    END IF;
  END LOOP;
END
$$;

-- How well the words fit what is written about a plugin, in numbers of one good match in a name.
CREATE FUNCTION internal.plugin_relevance(p public.plugins, p_head tsvector, p_counted tsquery, p_wanted text)
RETURNS double precision
LANGUAGE sql IMMUTABLE
RETURN
  -- A match in the readme alone.
  0.03
  -- Weights of readme, description and scope, tags, name and title.
  + ts_rank('{0.02, 0.15, 0.4, 1}', p_head, p_counted)
  + CASE
      WHEN p_wanted IN (p.name, split_part(p.name, '/', 2)) THEN 8
      WHEN p_wanted = lower(p.title) THEN 4
      WHEN starts_with(p.name, p_wanted) OR starts_with(split_part(p.name, '/', 2), p_wanted) THEN 1.5::double precision
      ELSE 0
    END;

-- What has, for each of some words, one like it: how like they are on average, and which ones it may have.
CREATE FUNCTION internal.plugins_like(p_words text[]) RETURNS TABLE (name text, likeness double precision, alike tsquery)
LANGUAGE sql STABLE SET search_path = pg_catalog
SET pg_trgm.word_similarity_threshold = 0.5 SET pg_trgm.similarity_threshold = 0.3 AS $$
  -- Two letters that changed places leave a third of a short word as it was.
  WITH known AS MATERIALIZED (
    SELECT x.place, w.word, w.likeness
    FROM unnest(p_words) WITH ORDINALITY AS x (word, place)
    CROSS JOIN LATERAL (
      SELECT v.word, greatest(public.similarity(x.word, v.word), public.word_similarity(x.word, v.word)) AS likeness
      FROM internal.plugin_words v
      WHERE v.word LIKE '%' || x.word || '%' OR x.word OPERATOR(public.<%) v.word OR v.word OPERATOR(public.%) x.word
      ORDER BY 2 DESC, v.word LIMIT 20) w
  ), close AS MATERIALIZED (
    -- What is much less like it than another word is not what was meant.
    SELECT k.place, k.word, k.likeness FROM known k
    JOIN (SELECT b.place, max(b.likeness) AS likeness FROM known b GROUP BY 1) best ON best.place = k.place
    WHERE k.likeness >= 0.75 * best.likeness
  ), found AS (
    SELECT t.name, c.place, max(c.likeness) AS likeness
    FROM close c JOIN internal.plugin_texts t ON t.head @@ format('''%s''', c.word)::tsquery
    GROUP BY 1, 2
  )
  SELECT f.name, avg(f.likeness), (SELECT string_agg(format('''%s''', c.word), ' | ')::tsquery FROM close c)
  FROM found f GROUP BY f.name HAVING count(*) = cardinality(p_words)
$$;

-- Finds plugins, those of the transaction's tenant and the public ones, the best first. Without a text all match alike.
-- p_filter: category, kind, scope, minRating (thousandths), verifiedOnly, names, notNames, refusedRanges.
-- p_page: limit, after and before ([score, name]), isBackward. Null: all, in no order.
CREATE FUNCTION public.search_plugins(
  p_text text, p_filter jsonb DEFAULT '{}', p_now timestamptz DEFAULT now(), p_page jsonb DEFAULT NULL
) RETURNS TABLE (name text, score bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog
-- A scan of all texts fetches each from where large values are kept, which its plan does not count.
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
  c_similar constant double precision := 0.2;
  -- Half as similar counts a sixteenth: use must not lift what only resembles.
  c_steepness constant double precision := 4;
  c_in_readme constant double precision := 0.3;
  -- With fewer matches than this, the readmes count too: common words are in most of them.
  c_enough constant integer := 200;
  c_most_in_readmes constant integer := 1000;
  -- With fewer matches than this, similar words match too.
  c_few constant integer := 5;
  c_similar_chars constant integer := 3;
  tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
  after_score bigint := (p_page #>> '{after,0}')::bigint;
  after_name text := p_page #>> '{after,1}';
  before_score bigint := (p_page #>> '{before,0}')::bigint;
  before_name text := p_page #>> '{before,1}';
  max_rows integer := (p_page ->> 'limit')::integer;
  wanted text := trim(lower(left(p_text, 200)));
  query record;
  outside_readme tsquery;
  names text[];
  scores bigint[];
  more_names text[];
  more_scores bigint[];
  similar_words text[];
BEGIN
  IF p_text IS NULL THEN
    SELECT array_agg(p.name), array_agg(internal.plugin_score(1, p, p_now)) INTO names, scores
    FROM public.plugins p
    WHERE internal.is_plugin_wanted(p, tenant, p_filter);
  ELSE
    SELECT * INTO query FROM internal.plugin_query(p_text);
    IF cardinality(query.words) = 0 THEN RETURN; END IF;
    outside_readme := CASE WHEN query.long IS NULL THEN query.short WHEN query.short IS NULL THEN query.long
      ELSE query.long && query.short END;
    SELECT array_agg(p.name), array_agg(internal.plugin_score(internal.plugin_relevance(p, t.head, query.counted, wanted), p, p_now))
    INTO names, scores
    FROM internal.plugin_texts t JOIN public.plugins p ON p.name = t.name
    WHERE t.head @@ outside_readme AND internal.is_plugin_wanted(p, tenant, p_filter);
    names := coalesce(names, '{}');
    IF cardinality(names) < c_enough AND query.long IS NOT NULL THEN
      SELECT array_agg(p.name), array_agg(internal.plugin_score(
        c_in_readme * internal.plugin_relevance(p, t.head, query.counted, wanted), p, p_now))
      INTO more_names, more_scores
      FROM (SELECT x.name, x.head FROM internal.plugin_texts x JOIN public.plugins q ON q.name = x.name
          WHERE x.document @@ query.long AND (query.short IS NULL OR x.head @@ query.short) AND NOT x.head @@ outside_readme
            AND internal.is_plugin_wanted(q, tenant, p_filter)
          LIMIT c_most_in_readmes) t
      JOIN public.plugins p ON p.name = t.name;
      names := names || coalesce(more_names, '{}');
      scores := scores || more_scores;
    END IF;
    similar_words := ARRAY(SELECT w FROM unnest(query.words) w WHERE length(w) >= c_similar_chars ORDER BY length(w) DESC);
    IF cardinality(names) < c_few AND cardinality(similar_words) > 0 THEN
      SELECT array_agg(p.name), array_agg(internal.plugin_score(
        c_similar * power(f.likeness, c_steepness) * internal.plugin_relevance(p, t.head, f.alike, wanted), p, p_now))
      INTO more_names, more_scores
      FROM internal.plugins_like(similar_words) f JOIN internal.plugin_texts t ON t.name = f.name JOIN public.plugins p ON p.name = f.name
      WHERE p.name <> ALL (names) AND internal.is_plugin_wanted(p, tenant, p_filter);
      names := names || coalesce(more_names, '{}');
      scores := scores || more_scores;
    END IF;
  END IF;
  IF p_page IS NULL THEN
    RETURN QUERY SELECT f.name, f.score FROM unnest(names, scores) AS f (name, score);
  ELSIF coalesce((p_page ->> 'isBackward')::boolean, false) THEN
    RETURN QUERY SELECT f.name, f.score FROM unnest(names, scores) AS f (name, score)
    WHERE (after_score IS NULL OR (f.score, f.name) < (after_score, after_name))
      AND (before_score IS NULL OR (f.score, f.name) > (before_score, before_name))
    ORDER BY f.score, f.name LIMIT max_rows;
  ELSE
    RETURN QUERY SELECT f.name, f.score FROM unnest(names, scores) AS f (name, score)
    WHERE (after_score IS NULL OR (f.score, f.name) < (after_score, after_name))
      AND (before_score IS NULL OR (f.score, f.name) > (before_score, before_name))
    ORDER BY f.score DESC, f.name DESC LIMIT max_rows;
  END IF;
END
$$;

GRANT CREATE ON SCHEMA public, internal TO ia_system;
ALTER FUNCTION internal.is_publisher_verified(uuid) OWNER TO ia_system;
ALTER FUNCTION internal.refresh_plugin_text(text) OWNER TO ia_system;
ALTER FUNCTION internal.refresh_plugin_standing(text) OWNER TO ia_system;
ALTER FUNCTION internal.refresh_changed_plugin() OWNER TO ia_system;
ALTER FUNCTION internal.refresh_plugin_of_version() OWNER TO ia_system;
ALTER FUNCTION internal.refresh_blocked_plugin() OWNER TO ia_system;
ALTER FUNCTION public.search_plugins(text, jsonb, timestamptz, jsonb) OWNER TO ia_system;
REVOKE CREATE ON SCHEMA public, internal FROM ia_system;

REVOKE ALL ON FUNCTION internal.plain_words(text), internal.is_publisher_verified(uuid), internal.refresh_plugin_text(text),
  internal.refresh_plugin_standing(text), internal.refresh_changed_plugin(), internal.refresh_plugin_of_version(),
  internal.refresh_blocked_plugin(), internal.plugin_score(double precision, public.plugins, timestamptz),
  internal.is_plugin_wanted(public.plugins, uuid, jsonb), internal.plugin_query(text),
  internal.plugin_relevance(public.plugins, tsvector, tsquery, text), internal.plugins_like(text[]), public.search_plugins(text, jsonb, timestamptz, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION internal.plain_words(text), internal.plugin_score(double precision, public.plugins, timestamptz),
  internal.is_plugin_wanted(public.plugins, uuid, jsonb), internal.plugin_query(text),
  internal.plugin_relevance(public.plugins, tsvector, tsquery, text), internal.plugins_like(text[]),
  public.plugin_blocks_of(text, text)
  TO ia_system;
GRANT EXECUTE ON FUNCTION public.search_plugins(text, jsonb, timestamptz, jsonb) TO ia_app, ia_registry;

CREATE TRIGGER refresh_changed_plugin
  AFTER INSERT OR UPDATE OF "title", "description", "keywords", "latest_version", "tenant_id" ON public.plugins
  FOR EACH ROW EXECUTE FUNCTION internal.refresh_changed_plugin();
CREATE TRIGGER refresh_plugin_of_version AFTER INSERT OR UPDATE OF "deprecated" ON public.plugin_versions
  FOR EACH ROW EXECUTE FUNCTION internal.refresh_plugin_of_version();
CREATE TRIGGER refresh_blocked_plugin AFTER INSERT OR UPDATE OF "lifted_at" OR DELETE ON public.takedowns
  FOR EACH ROW EXECUTE FUNCTION internal.refresh_blocked_plugin();
CREATE TRIGGER refresh_blocked_plugin AFTER INSERT OR DELETE ON public.advisory_versions
  FOR EACH ROW EXECUTE FUNCTION internal.refresh_blocked_plugin();
CREATE TRIGGER refresh_blocked_plugin AFTER UPDATE OF "withdrawn_at" ON public.advisories
  FOR EACH ROW EXECUTE FUNCTION internal.refresh_blocked_plugin();

-- What was published before can be found too.
SELECT internal.refresh_plugin_text(p.name), internal.refresh_plugin_standing(p.name) FROM public.plugins p;
