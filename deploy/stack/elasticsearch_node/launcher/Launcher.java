package io.vamp.stack.elasticsearch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one Elasticsearch node and keeps it until the process is told to stop (SIGTERM).
 *
 * <p>Arguments: the home folder (read only), the node's own folder, the address and port of HTTP.
 */
public final class Launcher {
    private static final int CLOSING_SECONDS = 20;

    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 4) {
            System.err.println("usage: Launcher HOME FOLDER ADDRESS PORT");
            System.exit(2);
        }
        LogConfigurator.configureESLogging();
        Node node = assemble(Path.of(arguments[0]), Path.of(arguments[1]), arguments[2], arguments[3]);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node, stopped), "close-node"));
        node.start();
        stopped.await();
    }

    private static Node assemble(Path home, Path folder, String address, String port) throws IOException {
        Path configuration = Files.createDirectories(folder.resolve("config"));
        Settings settings = Settings.builder()
            .put("cluster.name", "vamp-stack")
            .put("node.name", "vamp-stack-1")
            .put("discovery.type", "single-node")
            .put("path.home", home.toString())
            .put("path.data", folder.resolve("data").toString())
            .put("path.logs", folder.resolve("logs").toString())
            .put("network.host", address)
            .put("http.port", port)
            .put("transport.port", "0")
            // A disk that is nearly full makes indices read-only; a test machine's often is.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
        Environment environment = new Environment(settings, configuration);
        PluginsLoader plugins = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir()),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir()),
            Map.of(),
            false
        );
        return new Node(environment, plugins);
    }

    private static void close(Node node, CountDownLatch stopped) {
        try {
            node.close();
            node.awaitClose(CLOSING_SECONDS, TimeUnit.SECONDS);
        } catch (IOException error) {
            System.err.println("the node did not close well: " + error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        } finally {
            stopped.countDown();
        }
    }
}
