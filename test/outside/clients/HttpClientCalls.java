import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Java's own HTTP client with its defaults: it asks each server at http:// whether it speaks HTTP/2 (Upgrade: h2c). */
class HttpClientCalls {
  /** Sends each body that is given, and prints the version, the status and the body of each answer. */
  public static void main(String[] bodies) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    for (String body : bodies) {
      HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("URL")))
          .header("Authorization", "Bearer " + System.getenv("KEY"))
          .header("Content-Type", "application/json")
          .POST(BodyPublishers.ofString(body))
          .build();
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      System.out.println(response.version() + " " + response.statusCode() + " " + response.body());
    }
  }
}
