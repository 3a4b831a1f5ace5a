package com.aistrale.server.app;

import com.aistrale.server.access.Access;
import com.aistrale.server.access.AccessRoutes;
import com.aistrale.server.access.ApiKeyRoutes;
import com.aistrale.server.access.Audit;
import com.aistrale.server.access.AuditRoutes;
import com.aistrale.server.access.Guard;
import com.aistrale.server.access.WorkspaceDeletion;
import com.aistrale.server.access.WorkspaceRoutes;
import com.aistrale.server.access.Workspaces;
import com.aistrale.server.budgets.BudgetRoutes;
import com.aistrale.server.budgets.Budgets;
import com.aistrale.server.budgets.OldPeriods;
import com.aistrale.server.events.SqlEvents;
import com.aistrale.server.idempotency.Cancellations;
import com.aistrale.server.idempotency.Claims;
import com.aistrale.server.idempotency.Purge;
import com.aistrale.server.inference.Cancelling;
import com.aistrale.server.inference.InferenceRoutes;
import com.aistrale.server.inference.Inferences;
import com.aistrale.server.inference.KeyedRoutes;
import com.aistrale.server.inference.NativeShape;
import com.aistrale.server.inference.Provider;
import com.aistrale.server.inference.Reach;
import com.aistrale.server.inference.Router;
import com.aistrale.server.inference.TokenCounts;
import com.aistrale.server.kit.crypto.Envelope;
import com.aistrale.server.kit.http.Cors;
import com.aistrale.server.kit.http.Drain;
import com.aistrale.server.kit.http.HostGuard;
import com.aistrale.server.kit.http.HttpServer;
import com.aistrale.server.kit.http.OkHttpOutbound;
import com.aistrale.server.kit.http.PinnedOutbound;
import com.aistrale.server.kit.http.Routes;
import com.aistrale.server.kit.http.Ticker;
import com.aistrale.server.kit.ids.Ids;
import com.aistrale.server.kit.sql.Database;
import com.aistrale.server.kit.sql.Postgres;
import com.aistrale.server.kit.sql.Sqlite;
import com.aistrale.server.limits.Limits;
import com.aistrale.server.metrics.MetricsRoutes;
import com.aistrale.server.nodes.Nodes;
import com.aistrale.server.pricing.PriceCatalogue;
import com.aistrale.server.pricing.PriceFileException;
import com.aistrale.server.prompts.PromptRoutes;
import com.aistrale.server.prompts.Prompts;
import com.aistrale.server.prompts.VersionReader;
import com.aistrale.server.prompts.dotprompt.DotpromptRoutes;
import com.aistrale.server.providers.Upstream;
import com.aistrale.server.providers.anthropic.AnthropicProvider;
import com.aistrale.server.providers.anthropic.AnthropicTokenCounter;
import com.aistrale.server.providers.compatible.CompatibleModels;
import com.aistrale.server.providers.compatible.CompatibleProvider;
import com.aistrale.server.providers.demo.DemoProvider;
import com.aistrale.server.providers.gemini.GeminiProvider;
import com.aistrale.server.routing.AliasRoutes;
import com.aistrale.server.routing.Aliases;
import com.aistrale.server.routing.Circuits;
import com.aistrale.server.routing.Openings;
import com.aistrale.server.routing.ProviderRoutes;
import com.aistrale.server.routing.RetrySchedule;
import com.aistrale.server.stream.EventRoutes;
import com.aistrale.server.stream.ListenerRoutes;
import com.aistrale.server.telemetry.Ends;
import com.aistrale.server.telemetry.Telemetry;
import com.aistrale.server.telemetry.TelemetryRoutes;
import com.aistrale.server.telemetry.deletion.DeletionRoutes;
import com.aistrale.server.telemetry.deletion.Deletions;
import com.aistrale.server.telemetry.deletion.Retention;
import com.aistrale.server.telemetry.export.ExportRoutes;
import com.aistrale.server.telemetry.live.LiveRoutes;
import com.aistrale.server.telemetry.summary.SummaryRoutes;
import com.aistrale.server.telemetry.traces.TraceRoutes;
import com.aistrale.server.tokens.CatalogueRoutes;
import com.aistrale.server.tokens.LocalModels;
import com.aistrale.server.tokens.ProviderDirectory;
import com.aistrale.server.tokens.ProviderSpec.Format;
import com.aistrale.server.tokens.TokenRoutes;
import com.aistrale.server.tokens.Tokens;
import com.aistrale.server.webhooks.Sealing;
import com.aistrale.server.webhooks.WebhookRoutes;
import com.aistrale.server.webhooks.Webhooks;
import com.aistrale.server.webhooks.delivery.Deliveries;
import com.aistrale.server.webhooks.delivery.DeliveryRoutes;
import com.aistrale.server.webhooks.target.SystemResolver;
import com.aistrale.server.webhooks.target.TargetPolicy;
import com.aistrale.server.wire.anthropic.AnthropicErrorFormat;
import com.aistrale.server.wire.anthropic.MessagesRoutes;
import com.aistrale.server.wire.models.ModelsErrorFormat;
import com.aistrale.server.wire.models.ModelsRoutes;
import com.aistrale.server.wire.models.ServedModels;
import com.aistrale.server.wire.openai.ChatCompletionsRoutes;
import com.aistrale.server.wire.openai.OpenAiErrorFormat;
import java.io.IOException;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** The one place where everything is made, from top to bottom. What is opened here is closed by {@link #close}. */
final class Wiring implements AutoCloseable {
    /** How long what was broken off has for its record and its error. */
    private static final Duration INTERRUPTION = Duration.ofSeconds(3);

    private final Settings settings;
    private final DataDirectory dataDirectory;
    private final Database database;
    private final Nodes nodes;
    private final OkHttpOutbound outbound;
    private final Ticker ticker;
    private final Drain drain = new Drain();
    private final SystemResolver resolver;
    private final Inferences inferences;
    private final Tokens tokens;
    private final Access access;
    private final Openings openings;
    private final Retention retention;
    private final Purge purge;
    private final OldPeriods oldPeriods;
    private final WorkspaceDeletion deletion;
    private final Deliveries deliveries;
    private final Routes routes;
    private final HttpServer http;
    private volatile boolean started;

    Wiring(Settings settings, Map<String, String> environment) throws StartException, IOException {
        this(settings, environment, InstantSource.system());
    }

    Wiring(Settings settings, Map<String, String> environment, InstantSource clock) throws StartException, IOException {
        this.settings = settings;
        var random = new SecureRandom();
        RandomGenerator chance = () -> ThreadLocalRandom.current().nextLong(); // for names and choices, not for secrets
        var ids = new Ids(clock, chance);
        var prices = prices(settings);

        dataDirectory = DataDirectory.open(settings.dataDir());
        List<byte[]> masterKeys;
        try {
            masterKeys = MasterKeys.load(settings.masterKeys(), dataDirectory.path(), random);
            database = openDatabase(settings, dataDirectory);
        } catch (StartException | IOException cannot) {
            dataDirectory.close();
            throw cannot;
        }
        outbound = new OkHttpOutbound("aistrale/" + Version.TEXT);
        ticker = new Ticker();

        var audit = new Audit(ids, clock);
        access = new Access(database, audit, ids, clock, random, settings.adminKey());
        var guard = new Guard(access);
        var directory = ProviderDirectory.load(settings.providerBaseUrls());
        var ollama = directory.find("ollama").map(directory::baseUrl).orElse(null);
        var localModels = new LocalModels(
                outbound, settings.ollamaDiscovery() && settings.isLocal() && ollama != null, String.valueOf(ollama));
        var envelope = new Envelope(masterKeys, random);
        tokens = new Tokens(database, audit, envelope, directory, localModels, environment, ids, clock, chance);

        nodes = new Nodes(database, ids.next("node_"));
        var events = new SqlEvents();
        events.admitRestored(database);
        var budgets = new Budgets(
                database,
                events,
                audit,
                ids,
                clock,
                prices,
                nodes.self(),
                nodes::isAlone,
                System::nanoTime,
                Wiring::rest);
        var limits = new Limits(database, clock);
        var claims = new Claims(database, envelope, clock, nodes.self());
        var telemetry = new Telemetry(database, events, ids, clock, nodes.self(), Ends.all(budgets, limits, claims));
        openings = new Openings(database, events, ids, nodes.self());
        var circuits = new Circuits(clock, ids, openings);
        resolver = new SystemResolver();
        var targets = new TargetPolicy(settings.webhookTargets(), settings.webhookHttp(), resolver);
        var sealing = new Sealing(envelope);
        deliveries = new Deliveries(
                database,
                events,
                telemetry,
                sealing,
                targets,
                new PinnedOutbound("aistrale/" + Version.TEXT),
                audit,
                ids,
                clock,
                System::nanoTime,
                chance::nextDouble,
                nodes);
        nodes.join(tx -> {
            telemetry.interruptOrphans(tx);
            budgets.giveBack(tx);
            openings.inherit(tx, circuits);
            deliveries.inherit(tx);
        });

        var prompts = new Prompts(database, events, audit, ids, clock, System::nanoTime);
        var versions = new VersionReader(new NativeShape());

        var webhooks = new Webhooks(database, events, audit, sealing, ids, clock, random, deliveries::webhooksChanged);

        var deletions = new Deletions(database, events, deliveries::forgetEvents);
        var aliases = new Aliases(database, audit, clock, System::nanoTime);
        deletion = new WorkspaceDeletion(
                database,
                clock,
                audit,
                List.of(
                        tokens::deleteBatch,
                        (id, most) -> {
                            circuits.forget(id);
                            return openings.deleteBatch(id, most);
                        },
                        aliases::deleteBatch,
                        prompts::deleteBatch,
                        budgets::deleteBatch,
                        webhooks::deleteBatch,
                        limits::deleteBatch,
                        deletions::ofWorkspace,
                        claims::ofWorkspace));
        var workspaces = new Workspaces(database, audit, ids, clock, access, tokens, deletion);

        var upstream = new Upstream(outbound, clock);
        Map<Format, Provider> adapters = Map.of(
                Format.OPENAI, new CompatibleProvider(upstream),
                Format.ANTHROPIC, new AnthropicProvider(upstream),
                Format.GEMINI, new GeminiProvider(upstream),
                Format.DEMO, new DemoProvider());
        var router = new Router(tokens, prices, aliases, settings.isLocal());
        var schedule = new RetrySchedule(chance::nextDouble);
        var reach = new Reach(adapters, tokens, prices, circuits, schedule);
        inferences = new Inferences(
                router, reach, telemetry, budgets, limits, prices, ids, clock, ticker, settings.timeout());

        routes = new Routes();
        new OperationsRoutes(
                        () -> started,
                        drain,
                        database,
                        nodes.self(),
                        clock,
                        settings.webhookTargets(),
                        settings.webhookHttp())
                .mount(routes);
        new MetricsRoutes(guard, List.of(Version::collect, inferences.figures(), deliveries.figures())).mount(routes);
        new ReferenceRoutes().mount(routes);
        new AccessRoutes(workspaces, guard).mount(routes);
        new WorkspaceRoutes(workspaces, guard, directory).mount(routes);
        new ApiKeyRoutes(access, guard, directory, clock).mount(routes);
        new AuditRoutes(database, audit, guard).mount(routes);
        new TokenRoutes(tokens, guard).mount(routes);
        new ProviderRoutes(tokens, circuits, guard).mount(routes);
        new AliasRoutes(aliases, router, guard).mount(routes);
        new CatalogueRoutes(prices, tokens, guard, clock).mount(routes);
        new PromptRoutes(prompts, versions, guard).mount(routes);
        new DotpromptRoutes(prompts, versions, guard).mount(routes);
        new BudgetRoutes(budgets, guard, access, directory).mount(routes);
        new DeliveryRoutes(deliveries, guard, clock).mount(routes);
        new WebhookRoutes(webhooks, targets, guard, clock).mount(routes);
        var keyed = new KeyedRoutes(inferences, claims, ticker, drain);
        var cancelling =
                new Cancelling(inferences, new Cancellations(database, clock, nodes.self()), claims).start(ticker);
        new InferenceRoutes(keyed, cancelling, prompts, guard).mount(routes);
        new TelemetryRoutes(telemetry, guard, clock).mount(routes);
        new SummaryRoutes(database, guard, clock).mount(routes);
        database.hearOthers(events.arrivals()::wake);
        var listeners = new ListenerRoutes(database, events, guard, ticker, drain);
        new LiveRoutes(telemetry, listeners, guard, clock).mount(routes);
        new EventRoutes(database, events, listeners, guard, ids, clock).mount(routes);
        new ExportRoutes(telemetry, database, audit, guard, clock, ticker, drain).mount(routes);
        new TraceRoutes(database, telemetry, guard, clock).mount(routes);
        new DeletionRoutes(deletions, database, audit, guard).mount(routes);
        retention = new Retention(deletions, clock, () -> nodes.mayDo("retention")).start();
        purge = new Purge(database, clock, () -> nodes.mayDo("idempotency")).start();
        oldPeriods = new OldPeriods(database, clock, () -> nodes.mayDo("budgets")).start();
        new ChatCompletionsRoutes(keyed, guard).mount(routes);
        var byApiKeyToo = guard.takingApiKeyHeader();
        var counts = new TokenCounts(router, new AnthropicTokenCounter(upstream));
        new MessagesRoutes(keyed, counts, byApiKeyToo).mount(routes);
        var lister = new CompatibleModels(upstream, System::nanoTime);
        var models = new ServedModels(tokens, prices, aliases, router, lister, clock);
        new ModelsRoutes(models, byApiKeyToo).mount(routes);

        var openAis = new OpenAiErrorFormat();
        var anthropics = new AnthropicErrorFormat();
        var options = new HttpServer.Options(
                settings.host(),
                settings.port(),
                settings.maxBodyBytes(),
                hostGuard(settings),
                new Cors(settings.corsOrigins()),
                Map.of(
                        "/v1/",
                        openAis,
                        "/v1/messages",
                        anthropics,
                        "/v1/models",
                        new ModelsErrorFormat(openAis, anthropics)));
        http = new HttpServer(options, ids, drain, routes);
    }

    /** On loopback, or where names are listed; the address it listens on is a name of its own, such as 127.0.0.2. */
    private static HostGuard hostGuard(Settings settings) {
        var names = new ArrayList<>(settings.allowedHosts());
        names.add(settings.host());
        return new HostGuard(settings.isLocal() || !settings.allowedHosts().isEmpty(), names);
    }

    private static void rest(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException hurried) {
            Thread.currentThread().interrupt();
        }
    }

    private static PriceCatalogue prices(Settings settings) throws StartException {
        try {
            return PriceCatalogue.load(settings.priceFile());
        } catch (PriceFileException wrong) {
            throw new StartException(String.valueOf(wrong.getMessage()), wrong);
        }
    }

    private static Database openDatabase(Settings settings, DataDirectory directory) throws StartException {
        var file = directory.path().resolve("aistrale.db");
        var url = settings.databaseUrl();
        try {
            return url.isPresent() ? Postgres.open(url.get()) : Sqlite.open(file);
        } catch (SQLException cannot) {
            throw new StartException(
                    "The database " + (url.isPresent() ? url.get() : file) + " cannot be opened: " + cannot.getMessage()
                            + ".",
                    cannot);
        }
    }

    /** All is done that a start does: from now on {@code /ready} says so. */
    void started() {
        deletion.start();
        deliveries.start();
        ticker.add(new HeapWatch(System.nanoTime()));
        started = true;
    }

    Routes routes() {
        return routes;
    }

    HttpServer http() {
        return http;
    }

    Access access() {
        return access;
    }

    Nodes nodes() {
        return nodes;
    }

    Tokens tokens() {
        return tokens;
    }

    /** Finishes what runs, within the grace; what is left then is broken off, and recorded as interrupted. */
    void drain() throws InterruptedException {
        drain.begin();
        if (!drain.await(settings.grace())) {
            drain.breakOff();
            inferences.interruptAll();
            drain.await(INTERRUPTION);
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
        deliveries.close();
        retention.close();
        purge.close();
        oldPeriods.close();
        ticker.close();
        outbound.close();
        resolver.close();
        deletion.close();
        openings.close();
        nodes.close();
        database.close();
        dataDirectory.close();
    }
}
